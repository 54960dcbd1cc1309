include $(VARIANT_DIR)/../unix/mpconfigvariant.mk
